# METADATA
# description: Whether a credential still lasts. Pure functions.
package kubiya.lib.lifetimes

# METADATA
# description: Whether its end is still to come.
# scope: document
unexpired(credential, now_ms) if {
	is_number(credential.expires_ms)
	now_ms < credential.expires_ms
}

# The cloud tells no end of its keys: it is asked about them anew within seconds.
unexpired(credential, _) if {
	is_null(credential.expires_ms)
	credential.kind == "cloud"
}
