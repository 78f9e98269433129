// Reads a WARC file with npm warcio: a line of JSON for each record.
// usage: node warc_read.mjs FOLDER-WITH-NODE-MODULES FILE.warc
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const require = createRequire(folder + "/x.js");
const { WARCParser } = await import(pathToFileURL(require.resolve("warcio")).href);

for await (const record of new WARCParser(createReadStream(file))) {
  const body = await record.readFully(true);
  console.log(JSON.stringify({
    type: record.warcType,
    url: record.warcTargetURI,
    status: record.httpHeaders?.statusCode,
    sha256: createHash("sha256").update(body).digest("hex"),
  }));
}
