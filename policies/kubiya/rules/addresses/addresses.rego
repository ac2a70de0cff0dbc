# METADATA
# description: Where a caller may come from. The operator's command line has no address and is not asked.
package kubiya.rules.addresses

import data.kubiya.lib.networks
import future.keywords.not

# METADATA
# description: A caller from a network whose address nobody knows.
# scope: document
deny contains _unknown if {
	not _has_no_network
	not _known
}

deny contains _not_allowed if {
	_known
	not _within(data.facts.allowed_ips)
}

deny contains _not_allowed if {
	_known
	some list in _own_lists
	not _within(list)
}

deny contains _not_on_stdio if {
	input.request.transport == "stdio"
	some credential in _credentials
	not _may_use_stdio(credential)
}

_unknown := {
	"code": "addresses.unknown",
	"message": "The address that the request comes from cannot be told; ask the operator to check the proxies.",
}

_not_allowed := {
	"code": "addresses.not_allowed",
	"message": "Requests from this address are not allowed; use an allowed network, or ask the operator to add it.",
}

_not_on_stdio := {
	"code": "addresses.not_allowed",
	"message": "This credential is limited to networks; for stdio use one that was made with --allow-stdio.",
}

_has_no_network if input.request.transport == "stdio"

_has_no_network if {
	input.request.transport == "cli"
	input.principal.kind == "operator"
}

_known if {
	input.request.transport == "http"
	networks.address(input.client.ip)
}

_credentials contains input.credential if input.credential.status == "verified"

_credentials contains input.credential.parent if {
	input.credential.status == "verified"
	not is_null(input.credential.parent)
}

_own_lists contains credential.allowed_ips if some credential in _credentials

_within(list) if is_null(list)

_within(list) if {
	some network in list
	networks.contains_address(network, input.client.ip)
}

_may_use_stdio(credential) if is_null(credential.allowed_ips)

_may_use_stdio(credential) if credential.allow_stdio == true
