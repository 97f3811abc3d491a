// Package render writes what the service answers for people to read: payloads,
// failures, events of a history one per line, descriptions as aligned tables. The command line
// hands it the API's messages; it returns text and writes nothing itself.
package render
