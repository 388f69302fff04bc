/** A file of undici that has no types of its own; see `loadClient` in http.ts. */
declare module 'undici/lib/dispatcher/client.js' {
  import { Client } from 'undici';
  export default Client;
}
