# METADATA
# description: |
#   What each part of the input document looks like. The schema says so to `opa check` and to the server; it
#   is asked once more of every document, for a part that is missing or of another type must deny: text is
#   greater than any number, so a text for a time would never be over.
package kubiya.lib.shapes

# METADATA
# description: The moment of a request.
moment(now) if {
	is_number(now.ms)
	is_string(now.iso)
	is_string(now.weekday)
	is_number(now.hour)
	is_number(now.minute)
}

# METADATA
# description: How a request came.
request(request) if {
	is_string(request.id)
	request.transport in {"stdio", "http", "cli"}
	request.era in {"legacy", "modern", null}
}

# METADATA
# description: The program that asks, and where it is.
client(client) if {
	_text_or_null(client.ip)
	_text_or_null(client.peer_ip)
	_text_or_null(client.name)
	_text_or_null(client.version)
}

# METADATA
# description: Who asks.
principal(principal) if {
	principal.kind in {"anonymous", "user", "operator"}
	_text_or_null(principal.id)
	_texts(principal.roles)
	_texts_or_null(principal.permissions)
	is_object(principal.claims)
}

# METADATA
# description: What was presented. Its parent has the same shape and is looked at by itself.
credential(credential) if {
	is_string(credential.status)
	_text_or_null(credential.id)
	_text_or_null(credential.kind)
	_number_or_null(credential.created_ms)
	_number_or_null(credential.expires_ms)
	_number_or_null(credential.revoked_ms)
	_number_or_null(credential.sessions)
	_texts_or_null(credential.allowed_ips)
	_boolean_or_null(credential.allow_stdio)
	_object_or_null(credential.parent)
}

# METADATA
# description: The credential that another one comes from.
parent(parent) if {
	credential(parent)
	_texts_or_null(object.get(parent, "permissions", null))
}

# METADATA
# description: The session that a request names.
session(session) if {
	is_string(session.id)
	is_string(session.credential)
	is_number(session.started_ms)
	is_number(session.used_ms)
	is_number(session.idle_ms)
	is_number(session.absolute_ms)
}

# METADATA
# description: The freeze that is on; null where there is none, without a reason where nobody can tell.
# scope: document
frozen(freeze) if is_null(freeze)

frozen(freeze) if {
	_text_or_null(freeze.reason)
	_number_or_null(freeze.since_ms)
}

# METADATA
# description: A tool to run. One that needs no permission at all is a mistake, not a gift.
tool(tool) if {
	is_string(tool.name)
	is_string(tool.source)
	origin(tool.origin)
	is_string(tool.type)
	_text_or_null(tool.image)
	is_string(tool.digest)
	is_boolean(tool.approved)
	_texts(tool.requires)
	tool.requires != []
}

# METADATA
# description: Where it would run.
runner(runner) if {
	is_string(runner.requested)
	is_string(runner.name)
	runner.kind in {"local", "kubiya"}
	_boolean_or_null(runner.healthy)
}

# METADATA
# description: The server that has what is read; null where it is nobody's.
origin(origin) if _text_or_null(origin)

# METADATA
# description: A credential that is asked for.
requested(requested) if {
	is_string(requested.kind)
	_text_or_null(requested.user)
	_texts(requested.roles)
	_texts_or_null(requested.permissions)
	_texts_or_null(requested.allowed_ips)
	_number_or_null(requested.expires_ms)
	_boolean_or_null(object.get(requested, "allow_stdio", null))
}

# METADATA
# description: A credential that something is done with.
subject(subject) if {
	is_string(subject.kind)
	is_string(subject.id)
	_text_or_null(subject.user)
	_texts(subject.roles)
	_texts_or_null(subject.permissions)
	_texts_or_null(subject.allowed_ips)
	_boolean_or_null(subject.allow_stdio)
	_number_or_null(subject.created_ms)
	_number_or_null(subject.expires_ms)
	_number_or_null(subject.revoked_ms)
	_number_or_null(subject.sessions)
}

_text_or_null(value) if is_null(value)

_text_or_null(value) if is_string(value)

_number_or_null(value) if is_null(value)

_number_or_null(value) if is_number(value)

_texts_or_null(value) if is_null(value)

_texts_or_null(value) if _texts(value)

_texts(value) if {
	is_array(value)
	every text in value {
		is_string(text)
	}
}

_boolean_or_null(value) if is_null(value)

_boolean_or_null(value) if is_boolean(value)

_object_or_null(value) if is_null(value)

_object_or_null(value) if is_object(value)
