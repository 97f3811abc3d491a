// Package offload keeps large payloads out of messages: what goes out has references in place of payloads above a threshold,
// which go to the object store of their namespace, and what comes in has the payloads again. It stands below converters and
// codecs, for the SDK's client and worker and for Temporal's clients alike.
package offload
