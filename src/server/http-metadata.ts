/** Where clients find the metadata of the endpoint (RFC 9728 section 3.1), beside the root. */
export const METADATA_PATH = "/.well-known/oauth-protected-resource/mcp";

/** What clients need to know to present a credential (RFC 9728 section 2). */
export function metadataResponse(base: string): Response {
  return Response.json({
    resource: `${base}/mcp`,
    resource_name: "kubiya",
    bearer_methods_supported: ["header"],
  });
}
