/** What the runtime API can be asked. */
export type Operation = 'InvokeEndpoint' | 'InvokeEndpointWithResponseStream';

/** What a request asks for. */
export type Route =
  | { readonly kind: 'ping' }
  /** @property endpointName - the one that is asked; `undefined` if the request does not say */
  | { readonly kind: 'invocation'; readonly operation: Operation; readonly endpointName: string | undefined }
  /** Nothing that there is. */
  | { readonly kind: 'none' }
  /** Something that there is, with another method. */
  | { readonly kind: 'otherMethod'; readonly allowed: string };

const OPERATIONS: Readonly<Record<string, Operation>> = {
  invocations: 'InvokeEndpoint',
  'invocations-response-stream': 'InvokeEndpointWithResponseStream',
};

/** `/ping` and `/invocations` as servers have them, and the paths of the runtime API (AWS's model of it, `requestUri`). */
export function routeOf(method: string, url: string): Route {
  const [path = ''] = url.split('?', 1);
  if (path === '/ping') return withMethod('GET', method, { kind: 'ping' });
  const [, name, last = ''] = /^(?:\/endpoints\/([^/]+))?\/([^/]+)$/.exec(path) ?? [];
  const operation = Object.hasOwn(OPERATIONS, last) ? OPERATIONS[last] : undefined;
  if (operation === undefined) return { kind: 'none' };
  const endpointName = name === undefined ? undefined : decoded(name);
  return withMethod('POST', method, { kind: 'invocation', operation, endpointName });
}

function withMethod(allowed: string, method: string, route: Route): Route {
  return method === allowed ? route : { kind: 'otherMethod', allowed };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // which no endpoint is called
  }
}
