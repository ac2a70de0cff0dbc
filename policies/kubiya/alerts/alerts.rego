# METADATA
# description: What somebody must hear of, judged by what was seen and how often.
# schemas:
#   - input: schema.sighting
package kubiya.alerts

import future.keywords.not

# METADATA
# description: The alerts of a sighting, each told once per code and key; undefined without facts.
# entrypoint: true
decision := {"alerts": [alert | some alert in _alerts]} if is_object(data.facts.defaults.alerts)

_alerts contains {
	"code": "authentication.many_failures",
	"severity": "warning",
	"message": $"{input.failures} authentications from {input.source} failed; somebody is guessing, or a client is wrong.",
	"key": input.source,
} if {
	_failed
	is_string(input.source)
	input.failures >= data.facts.defaults.alerts.failures.many
}

_alerts contains {
	"code": "authentication.success_after_failures",
	"severity": "critical",
	"message": $"{input.credential.id} was accepted after {input.failures} failures from {input.source}; ask its owner.",
	"key": input.source,
} if {
	input.allow == true
	input.credential.status == "verified"
	is_string(input.credential.id)
	is_string(input.source)
	input.failures >= data.facts.defaults.alerts.failures.many_before_success
}

_alerts contains {
	"code": "authentication.revoked_credential",
	"severity": "critical",
	"message": $"The revoked credential {input.credential.id} was used; find out who still holds it.",
	"key": input.credential.id,
} if {
	"credential.revoked" in input.codes
	is_string(input.credential.id)
}

_alerts contains {
	"code": "authentication.disallowed_address",
	"severity": "critical",
	"message": $"{input.credential.id} was used from {input.source}, which it may not be; ask its owner.",
	"key": $"{input.credential.id} {input.source}",
} if {
	"addresses.not_allowed" in input.codes
	input.credential.status == "verified"
	is_string(input.credential.id)
	is_string(input.source)
}

_alerts contains {
	"code": "denials.spike",
	"severity": "warning",
	"message": $"{denials} requests were denied with {code}; a client or a policy is wrong, or somebody is trying.",
	"key": code,
} if {
	some code in input.codes
	denials := input.denials[code]
	denials >= data.facts.defaults.alerts.denials.many
}

_alerts contains {
	"code": "organisation.notify",
	"severity": "warning",
	"message": $"The organisation's policies ask to notify {channel} of {_asked} by {_caller}.",
	"key": $"{channel} {_caller} {_asked}",
} if {
	is_string(_asked)
	some channel in input.notify
}

_alerts contains {
	"code": "policies.failed",
	"severity": "critical",
	"message": "The policies could not answer, and requests are denied; look at the server's log.",
	"key": code,
} if {
	some code in input.codes
	startswith(code, "policy.")
}

_alerts contains {
	"code": $"{input.part}.failed",
	"severity": "critical",
	"message": _failures[input.part],
	"key": input.part,
} if {
	input.what == "failure"
	is_string(input.part)
}

_alerts contains {
	"code": "alerts.test",
	"severity": "warning",
	"message": "Somebody tried whether alerts arrive; nothing has happened.",
	"key": input.id,
} if {
	input.what == "test"
	is_string(input.id)
}

_failures := {
	"audit": "The audit trail cannot be written, and requests are refused; look at its disk and at the server's log.",
	"chain": "A chain of the audit trail is damaged; kubiya audit verify says where. Find out who changed it.",
	"policies": "The policies could not answer, and requests are refused; look at the server's log.",
	"reload": "A change of the configuration or the policies cannot be used, and the last good one goes on; correct it.",
}

_asked := input.tool if is_string(input.tool)

_asked := input.action if not is_string(input.tool)

_caller := input.credential.id if is_string(input.credential.id)

_caller := "nobody in particular" if not is_string(input.credential.id)

_failed if input.what == "throttled"

_failed if {
	some code in input.codes
	data.facts.defaults.alerts.failures.codes[code] == true
}
