# METADATA
# description: JSON Pointers (RFC 6901).
package kubiya.lib.pointers

# METADATA
# description: The pointer of a path as `walk` gives it.
pointer(path) := concat("", [$"/{_token(part)}" | some part in path])

_token(part) := replace(replace(part, "~", "~0"), "/", "~1") if is_string(part)

_token(part) := format_int(part, 10) if is_number(part)
