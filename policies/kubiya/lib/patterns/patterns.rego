# METADATA
# description: Names as people limit them, exact or with a trailing `*`; null sets no limit.
package kubiya.lib.patterns

# METADATA
# description: Whether a name is within what the patterns allow.
# scope: document
matches(patterns, _) if is_null(patterns)

matches(patterns, name) if patterns.names[name]

matches(patterns, name) if {
	some prefix in patterns.prefixes
	startswith(name, prefix)
}
