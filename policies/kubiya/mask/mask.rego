# METADATA
# description: What an audit record must not show, by the names of its parameters.
# schemas:
#   - input: schema.record
package kubiya.mask

import data.kubiya.lib.pointers

# METADATA
# description: The paths of values that stay out of the record; undefined, and so nothing is recorded, without facts.
# entrypoint: true
decision := {"paths": [path | some path in _paths]} if is_object(data.facts.defaults.masked_keys)

_paths contains pointers.pointer(array.concat(["parameters"], path)) if {
	walk(input.parameters, [path, _])
	path != []
	_is_secret(path[count(path) - 1])
}

_is_secret(name) if {
	written := lower(replace(replace(name, "_", ""), "-", ""))
	some secret, _ in data.facts.defaults.masked_keys
	endswith(written, secret)
}
