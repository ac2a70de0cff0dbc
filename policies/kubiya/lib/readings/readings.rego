# METADATA
# description: What is read of a source, that is no call of a tool, resources by their URI, prompts by their name.
package kubiya.lib.readings

# METADATA
# description: Whether a request reads something that a source has.
# scope: document
is_one(request) if {
	request.action in actions
	is_object(request.arguments)
}

# METADATA
# description: The actions that read.
# scope: document
actions := {
	"completion/complete",
	"prompts/get",
	"resources/read",
	"resources/subscribe",
	"resources/unsubscribe",
}

# METADATA
# description: The URI or the name of what is read; undefined where the request does not say.
# scope: document
name(request) := request.arguments.uri if startswith(request.action, "resources/")

name(request) := request.arguments.name if request.action == "prompts/get"

name(request) := request.arguments.ref.name if {
	request.action == "completion/complete"
	request.arguments.ref.type == "ref/prompt"
}

name(request) := request.arguments.ref.uri if {
	request.action == "completion/complete"
	request.arguments.ref.type == "ref/resource"
}
