# METADATA
# description: |
#   Addresses and networks in the one form that they are written in here. The wasm evaluator judges a network
#   whose prefix is no number by what was judged before it, so the prefix is looked at first.
package kubiya.lib.networks

import future.keywords.not

# METADATA
# description: An address, canonical, and mapped IPv4 folded. A network is none.
# scope: document
address(ip) if {
	_is_written_so(ip)
	net.cidr_contains("0.0.0.0/0", ip)
}

address(ip) if {
	_is_written_so(ip)
	net.cidr_contains("::/0", ip)
}

# METADATA
# description: Whether an address, as above, is in a network; in none that is not one.
contains_address(network, ip) if {
	_has_prefix(network)
	net.cidr_contains(network, ip)
}

# METADATA
# description: Whether all of a network is in another one.
contains_network(network, inner) if {
	_has_prefix(network)
	_has_prefix(inner)
	net.cidr_contains(network, inner)
}

_is_written_so(ip) if {
	trim(ip, "0123456789abcdef.:") == ""
	not startswith(ip, "::ffff:")
}

_has_prefix(network) if {
	[_, prefix] := split(network, "/")
	prefix != ""
	trim(prefix, "0123456789") == ""
}
