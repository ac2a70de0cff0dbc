# METADATA
# description: What this company forbids beyond the built-in policies.
# schemas:
#   - input: schema.input
package custom

# METADATA
# description: Every denial; the codes reach callers as organisation.<code>.
decision := {"deny": [reason | some reason in _deny]}

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
