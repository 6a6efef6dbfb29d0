/** The server's own API, `api/v1`, beside this page. */

const KEY = "prelabel-key";
/** The model is asked for all it sees from this score on; the threshold then only chooses. */
export const ASKED = 0.05;

/** What went wrong, in words for people: `status` 0 where no answer came. */
export class ApiError extends Error {
  constructor(status, message, { kind = "", hint = "", wait = null } = {}) {
    super(message);
    Object.assign(this, { status, kind, hint, wait });
  }
}

/** The API key of this tab, "" where there is none. A browser may forbid all storage. */
export const key = {
  value: "",
  load() {
    try {
      this.value = sessionStorage.getItem(KEY) ?? "";
    } catch {
      this.value = "";
    }
  },
  set(value) {
    this.value = value;
    try {
      if (value) sessionStorage.setItem(KEY, value);
      else sessionStorage.removeItem(KEY);
    } catch {
      // it then lasts as long as the page
    }
  },
};

/** {models: [...], default: name} */
export const models = async () => (await ask("models")).json();

/** One model with its classes, opened where it was not yet. */
export const model = async (name, signal) => (await ask(`models/${encodeURIComponent(name)}`, null, signal)).json();

/** The prediction of one picture. */
export async function predict(file, model, signal) {
  return (await ask("predict", form(file, { model, conf: ASKED }), signal)).json();
}

/** A dataset of one picture in a format, asked as `query` says: {name, blob}. */
export async function dataset(file, format, query) {
  const answer = await ask(`predict?format=${encodeURIComponent(format)}`, form(file, query));
  const named = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "");
  return { name: named?.[1] ?? format, blob: await answer.blob() };
}

function form(file, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields))
    for (const one of [value].flat()) body.append(name, one);
  body.append("file", file, file.name || "picture");
  return body;
}

async function ask(path, body, signal) {
  if (/[^\x20-\x7e]/.test(key.value)) throw new ApiError(0, "This cannot be an API key: it has letters that no header holds.");
  const headers = key.value ? { authorization: `Bearer ${key.value}` } : {};
  const request = { method: body ? "POST" : "GET", body: body ?? undefined, headers, signal, credentials: "same-origin", cache: "no-store" };
  let answer;
  try {
    answer = await fetch(`api/v1/${path}`, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The server does not answer.", { hint: "Is it still running?" });
  }
  if (!answer.ok) throw await failure(answer);
  return answer;
}

async function failure(answer) {
  const { error = {} } = await answer.json().catch(() => ({}));
  const seconds = Number(answer.headers.get("retry-after"));
  const known = {
    401: "The server asks for an API key.",
    403: "The server refuses this API key.",
    413: "The picture is larger than the server takes.",
    503: "The server is busy.",
  }[answer.status];
  const message = [known, error.message ?? (known ? "" : `The server answers ${answer.status}.`)].filter(Boolean).join(" ");
  return new ApiError(answer.status, message, {
    kind: error.kind,
    hint: error.hint,
    wait: answer.status === 503 ? seconds || 2 : null,
  });
}
