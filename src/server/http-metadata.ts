/** Where clients find the metadata of the endpoint (RFC 9728 section 3.1), beside the root. */
export const METADATA_PATH = "/.well-known/oauth-protected-resource/mcp";

/** What clients need to know to present a credential (RFC 9728 section 2), and whose tokens count beside keys. */
export function metadataResponse(base: string, issuer: string | null): Response {
  return Response.json({
    resource: `${base}/mcp`,
    ...(issuer !== null && { authorization_servers: [issuer] }),
    resource_name: "kubiya",
    bearer_methods_supported: ["header"],
  });
}
