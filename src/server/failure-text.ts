import type { ToolFailure } from "../tools/types.ts";
import { cloudFailureText } from "./cloud-failure-text.ts";

const STDERR_SHOWN = 2_000;

/** What happened to a tool that gave no result, and what to do next, a line each. */
export function failureText(tool: string, failure: ToolFailure): readonly string[] {
  switch (failure.reason) {
    case "exited":
      return exitText(tool, failure);
    case "timed_out":
      return [
        `${tool} was ended after ${failure.afterMs / 1000} s, its time limit.`,
        ...lines("stderr", failure.stderr),
        "Ask for less at once, or raise the tool's `timeout` or `limits.tool_timeout`.",
      ];
    case "cancelled":
      return [`${tool} was cancelled and ended.`, ...lines("stderr", failure.stderr)];
    case "output_without_end":
      return [
        `${tool} was ended after it had written ${failure.bytes} bytes.`,
        "Make it write less, for example with a filter or a limit of its own.",
      ];
    case "not_ended":
      return [
        `${tool} was killed and still runs on the server, as process group ${failure.group}.`,
        "Let it run as the server's own user, and end what is left on the server.",
      ];
    case "not_found":
      return [
        `${tool} could not start: the program ${failure.program} is not on the server's PATH.`,
        "Install it on the server, name it with `entrypoint`, or give the tool an `image`.",
      ];
    case "not_startable":
      return [
        `${tool} could not start: ${failure.program}: ${failure.detail}.`,
        "Check that the program is executable for the user the server runs as.",
      ];
    case "folder_failed":
      return folderText(tool, failure);
    case "broke_off":
      return [`${tool} could not run.`, "The server's log says why."];
    case "too_large":
      return [
        `${tool} gave ${failure.bytes} bytes that cannot be cut; ${failure.allowed} may leave.`,
        "Ask for less at once, or ask the operator about the policy's limit.",
      ];
    case "not_preparable":
      return [`${tool} could not be prepared: ${failure.field}: ${failure.detail}.`];
    case "runner_not_available":
      return [
        `${tool} could not start: the runner ${failure.runner} is not available.`,
        "Use the runner `local`, or leave the tool's `runner` out.",
      ];
    case "left_running":
      return [
        `${tool} did not end on the runner ${failure.runner} within ${failure.afterMs / 1000} s, its time limit, and may still run there.`,
        "What it did until then is unknown: look before you call again, or raise the tool's `timeout`.",
      ];
    case "not_confined":
      return confinementText(tool, failure);
    case "no_engine":
      return noEngineText(tool, failure.tried);
    case "engine_silent":
      return [
        `${tool} could not start: ${failure.engine} does not answer: ${failure.detail}.`,
        `Start ${failure.engine} on the server, or name another \`container_engine\`.`,
      ];
    case "engine_forbidden":
      return [
        `${tool} could not start: the server may not use ${failure.engine}: ${failure.detail}.`,
        `Let the user the server runs as use ${failure.engine} (docker: the group \`docker\`; podman: run it as that user), or name another \`container_engine\`.`,
      ];
    case "no_image":
      return [
        `${tool} could not start: the image ${failure.image} cannot be had: ${failure.detail}.`,
        "Pull the image on the server, or correct the tool's `image` or `pull`.",
      ];
    case "upstream_unreachable":
      return [
        `${tool} could not start: the MCP server ${failure.upstream} cannot be used: ${failure.detail}.`,
        `Correct its entry in \`mcpServers\`, or call again in ${Math.ceil(failure.retryInMs / 1000)} s.`,
      ];
    case "upstream_changed":
      return [
        `${tool} was not called: the MCP server ${failure.upstream} ${failure.detail}.`,
        "Ask for the list again; if it is held back, your operator sees it with `kubiya tools diff`.",
      ];
    case "upstream_broke_off":
      return [
        `${tool} broke off: the MCP server ${failure.upstream} ${failure.detail}.`,
        "What it did until then is unknown: look before you call again.",
      ];
    case "upstream_refused":
      return [`${tool} failed: the MCP server ${failure.upstream} said: ${failure.detail}`];
    case "upstream_too_much":
      return [
        `${tool} gave nothing that can be used: the MCP server ${failure.upstream} ${failure.detail}.`,
        "Ask for less at once.",
      ];
    case "upstream_asked":
      return [
        `${tool} asked for something of the caller's side (${failure.method}), which is not passed on: ${failure.why}.`,
        `Put what it needs into its arguments, where it takes it there; what it may ask for is \`mcpServers.${failure.upstream}.allow\` of the operator's configuration.`,
      ];
    case "kubiya_unreachable":
    case "kubiya_unauthorized":
    case "kubiya_busy":
    case "kubiya_not_asked":
    case "kubiya_refused":
    case "kubiya_unexpected":
    case "kubiya_too_much":
    case "kubiya_broke_off":
    case "kubiya_ran_and_failed":
      return cloudFailureText(tool, failure);
    case "engine_failed":
      return [
        `${tool} could not start: ${failure.engine} said: ${failure.detail}.`,
        "Correct what the container engine names, then call again.",
      ];
  }
}

type Exited = Extract<ToolFailure, { reason: "exited" }>;

function exitText(tool: string, { exitCode, stdout, stderr, memory }: Exited): readonly string[] {
  const said = [...lines("stdout", stdout), ...lines("stderr", stderr)];
  if (memory === undefined) return [`${tool} ended with exit code ${exitCode}.`, ...said];
  return [
    `${tool} was killed from outside (exit code ${exitCode}): most often it needed more than ${memory}, its \`memory\`.`,
    ...said,
    "Raise the tool's `memory`, or ask for less at once.",
  ];
}

function noEngineText(tool: string, tried: readonly string[]): readonly string[] {
  const needs = `${tool} needs a container engine`;
  if (tried.length === 0) {
    const mend = "Set `container_engine`, or leave it out, and install docker or podman.";
    return [`${needs}, and \`container_engine\` allows none.`, mend];
  }
  return [
    `${needs}, and none is on the server's PATH (looked for: ${tried.join(", ")}).`,
    "Install docker or podman on the server, or correct `container_engine`.",
  ];
}

function confinementText(
  tool: string,
  { by, detail }: Extract<ToolFailure, { reason: "not_confined" }>,
): readonly string[] {
  const said = `${tool} was not started: ${by} cannot confine it: ${detail}.`;
  switch (by) {
    case "bwrap":
      return [
        said,
        "Install bubblewrap on the server and let its user make namespaces, or give the tool an `image` instead of its `sandbox`.",
      ];
    case "prlimit":
      return [
        said,
        "Install util-linux on the server, or give the tool an `image`, which has its own `memory`.",
      ];
  }
}

function folderText(
  tool: string,
  { doing, code }: Extract<ToolFailure, { reason: "folder_failed" }>,
): readonly string[] {
  const space = "Check the server's folder for temporary files (TMPDIR): its space and its rights.";
  switch (doing) {
    case "make":
      return [`${tool} could not run: the server could not make a folder for it (${code}).`, space];
    case "fill":
      return [
        `${tool} could not run: the server could not write its files (${code}).`,
        `Correct the paths in the tool's \`with_files\`. ${space}`,
      ];
    case "remove":
      return [
        `${tool} ran, and the server could not remove the folder that it had (${code}).`,
        "Remove what is left below the server's folder for temporary files (TMPDIR).",
      ];
  }
}

function lines(name: string, text: string): readonly string[] {
  const end = text.trimEnd().slice(-STDERR_SHOWN);
  return end === "" ? [] : [`${name}: ${end}`];
}
