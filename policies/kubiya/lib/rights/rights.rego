# METADATA
# description: What permissions a caller has of its own, and what its roles give. Pure functions.
package kubiya.lib.rights

# METADATA
# description: |
#   Whether the caller's own permissions reach this one. Who has neither permissions nor roles has none: only
#   roles make it safe to set no limit of one's own.
# scope: document
own("anonymous", _, permission, anonymous) if anonymous[permission] == true

own("operator", _, _, _)

own("user", principal, _, _) if {
	is_null(principal.permissions)
	principal.roles != []
}

own("user", principal, permission, _) if permission in principal.permissions

own("user", principal, _, _) if "*" in principal.permissions

# METADATA
# description: Whether a role gives a permission.
# scope: document
gives(permissions, permission) if permissions[permission] == true

gives(permissions, _) if permissions["*"] == true
