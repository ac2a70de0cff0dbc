# METADATA
# title: The built-in policies
# description: |
#   They answer whether a caller may be here (admit), sees (list), runs (call), administers (manage), what a
#   record must not show (mask), and what somebody must hear of (alerts). An objection of any topic wins.
# scope: subpackages
# schemas:
#   - input: schema.input
#   - data.facts.allow_platform_apis: schema.facts.allow_platform_apis
#   - data.facts.allowed_ips: schema.facts.allowed_ips
#   - data.facts.defaults: schema.facts.defaults
#   - data.facts.require_auth: schema.facts.require_auth
#   - data.facts.roles: schema.facts.roles
#   - data.facts.runners: schema.facts.runners
#   - data.facts.tools: schema.facts.tools
#   - data.facts.whitelist: schema.facts.whitelist
package kubiya
