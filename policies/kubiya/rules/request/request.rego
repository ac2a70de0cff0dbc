# METADATA
# description: The request itself, as far as every other topic relies on it.
package kubiya.rules.request

import data.kubiya.lib.readings
import data.kubiya.lib.shapes
import future.keywords.not

# METADATA
# description: A document that is not one of ours is never allowed.
# scope: document
deny contains _invalid if not _document

deny contains _invalid if {
	not is_null(input.credential.parent)
	not shapes.parent(input.credential.parent)
}

deny contains _invalid if {
	not is_null(input.session)
	not shapes.session(input.session)
}

deny contains _invalid if not _step

deny contains _invalid if {
	not is_null(input.requested)
	not shapes.requested(input.requested)
}

deny contains _invalid if {
	not object.get(input, "subject", null) == null
	not shapes.subject(input.subject)
}

_invalid := {
	"code": "input.invalid",
	"message": "The request cannot be judged as it is; this is a fault of the server, so tell its operator.",
}

_document if {
	input.v == 1
	data.facts.defaults.actions[input.action]
	shapes.moment(input.now)
	shapes.request(input.request)
	shapes.client(input.client)
	shapes.principal(input.principal)
	shapes.credential(input.credential)
	shapes.frozen(input.frozen)
}

# What would run is told whole, or nothing runs.
_step if {
	is_null(input.tool)
	is_null(input.arguments)
	is_null(input.runner)
	is_null(input.reading)
}

# What is read has no tool, and runs nowhere.
_step if {
	input.action in readings.actions
	is_null(input.tool)
	is_null(input.runner)
	is_object(input.arguments)
	shapes.origin(input.reading.origin)
}

_step if {
	shapes.tool(input.tool)
	shapes.runner(input.runner)
	is_object(input.arguments)
	is_null(input.reading)
}
