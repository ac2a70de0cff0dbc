import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { heldSecrets } from "../../src/compose/held-secrets.ts";
import { faults, homeFor, loaded } from "./world.ts";

const NONE = { http: null, https: null, none: null };
const proxy = (url: string, credential: string | null = null) => ({ url, credential });

/** What the environment says, and the proxies that there are by it. */
const SAID = [
  [{}, NONE],
  [{ HTTPS_PROXY: "http://p.example:3128" }, { ...NONE, https: proxy("http://p.example:3128") }],
  [{ HTTP_PROXY: "https://p.example/" }, { ...NONE, http: proxy("https://p.example") }],
  [
    { HTTPS_PROXY: "p.example:3128", NO_PROXY: "a,b" },
    { ...NONE, https: proxy("http://p.example:3128"), none: "a,b" },
  ],
  [
    {
      ...{ https_proxy: "http://q", HTTPS_PROXY: "http://p" },
      ...{ http_proxy: "http://s", HTTP_PROXY: "http://r" },
      ...{ no_proxy: "c", NO_PROXY: "d" },
    },
    { https: proxy("http://q"), http: proxy("http://s"), none: "c" },
  ],
  [
    { https_proxy: "", HTTPS_PROXY: "http://p" },
    { ...NONE, https: proxy("http://p") },
  ],
  [{ ALL_PROXY: "http://p", all_proxy: "http://p" }, NONE],
  [
    { HTTPS_PROXY: "http://a:can%40ary@p.example" },
    { ...NONE, https: proxy("http://p.example", "a:can@ary") },
  ],
  [{ HTTP_PROXY: "a@p.example" }, { ...NONE, http: proxy("http://p.example", "a:") }],
] as const;

for (const [environment, expected] of SAID) {
  test(`where the environment says ${JSON.stringify(environment)} these are the proxies`, async (context) => {
    const { config, warnings } = await loaded(await homeFor(context), { environment });
    const { http, https, none } = config.proxies;
    const [ofHttp, ofHttps] = [http, https].map(
      (one) => one && proxy(one.url, one.credential?.reveal() ?? null),
    );
    assert.deepEqual({ http: ofHttp, https: ofHttps, none }, expected);
    assert.doesNotMatch(inspect(config.proxies) + JSON.stringify(config.proxies), /can@ary|a:/);
    assert.deepEqual(warnings, []);
  });
}

test("what a proxy is told of who asks is hidden wherever it is written, and its address is not", async (context) => {
  const environment = {
    HTTPS_PROXY: "http://me:pass%40word@p.example:3128",
    HTTP_PROXY: "http://token@p.example:3128",
  };
  const { config } = await loaded(await homeFor(context), { environment });
  const held = heldSecrets(config, () => false).filter((text) => text !== "");
  assert.deepEqual(new Set(held), new Set(["me:pass@word", "pass@word", "token:", "token"]));
});

for (const name of ["HTTPS_PROXY", "http_proxy"]) {
  for (const written of ["socks5://p.example", "http://", "http://a:%zz@p.example"]) {
    test(`${written} as ${name} is a fault that does not repeat it`, async (context) => {
      const found = await faults(await homeFor(context), { environment: { [name]: written } });
      assert.deepEqual(found, [
        {
          ...{ path: "environment", field: name, message: "is no address of a proxy" },
          mend: "write it as http://HOST:PORT, or unset it",
        },
      ]);
    });
  }
}
