package kubiya.lib.networks_test

import data.kubiya.lib.networks
import future.keywords.not

test_an_address_is_canonical if {
	every ip in ["10.1.2.3", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1"] {
		networks.address(ip)
	}
}

test_what_is_written_in_another_form_is_none if {
	every ip in ["", "garbage", "10.1.2.3/32", "::ffff:10.1.2.3", "::FFFF:10.1.2.3", "fe80::1%eth0", "10.1.2", null, 7] {
		not networks.address(ip)
	}
	not networks.address("10.1.2.3\u0000x")
}

test_a_network_has_its_first_and_last_address_and_no_other if {
	networks.contains_address("10.0.0.0/8", "10.0.0.0")
	networks.contains_address("10.0.0.0/8", "10.255.255.255")
	not networks.contains_address("10.0.0.0/8", "9.255.255.255")
	not networks.contains_address("10.0.0.0/8", "11.0.0.0")
	networks.contains_address("2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")
	not networks.contains_address("2001:db8::/32", "2001:db9::")
}

test_the_widest_and_the_narrowest_are_networks if {
	networks.contains_address("0.0.0.0/0", "1.2.3.4")
	networks.contains_address("::/0", "2001:db8::1")
	networks.contains_address("10.1.2.3/32", "10.1.2.3")
	networks.contains_address("::1/128", "::1")
}

test_a_network_is_within_a_wider_one if {
	networks.contains_network("10.0.0.0/8", "10.1.0.0/16")
	not networks.contains_network("10.1.0.0/16", "10.0.0.0/8")
}

test_nothing_is_within_what_is_no_network if {
	every network in _malformed {
		every ip in ["10.1.2.3", "192.168.9.9", "2001:db8::1"] {
			not networks.contains_address(network, ip)
		}
		not networks.contains_network(network, "10.1.0.0/16")
		not networks.contains_network("0.0.0.0/0", network)
		not networks.contains_network("::/0", network)
	}
}

_malformed := [
	"", "garbage", "10.0.0.0", "10.0.0.0/", "/8", "10.0.0.0/x", "10.0.0.0/8abc", "10.0.0.0/+8", "10.0.0.0/ 8",
	"10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/8.0", "10.0.0.0/1e1", "10.0.0.0/33", "2001:db8::/129",
	"10.0.0.0/999999", "10.0.0/8", "256.0.0.0/8", "garbage/8", null, 8, ["10.0.0.0/8"],
]
