# METADATA
# description: What this organisation forbids beyond the built-in policies.
# schemas:
#   - input: schema.input
#   - data.facts.tools: schema.facts.tools
package custom

# METADATA
# description: Every denial and every term; codes reach callers as organisation.<code>.
decision := {
	"deny": [reason | some reason in _deny],
	"oblige": [term | some term in _oblige],
}

# METADATA
# description: Tools that do not exist for this caller.
list := {"hide": [name | some name in _hidden]}

_frozen := {"production"}

_deny contains {
	"code": "environment_frozen",
	"message": $"Deployments to {input.arguments.environment} are frozen; deploy to staging, or ask the release manager.",
	"environment": input.arguments.environment,
} if {
	input.action == "tools/call"
	input.tool.name == "deploy"
	input.arguments.environment in _frozen
}

_oblige contains {"kind": "limit_output", "bytes": 10000} if {
	input.action == "tools/call"
	input.principal.kind == "anonymous"
}

_hidden contains name if {
	input.principal.kind == "anonymous"
	some name, _ in data.facts.tools
	startswith(name, "internal_")
}
