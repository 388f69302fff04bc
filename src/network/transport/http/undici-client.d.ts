/** A file of undici that has no types of its own; see http-client.ts. */
declare module 'undici/lib/dispatcher/client.js' {
  import { Client } from 'undici';
  export default Client;
}
