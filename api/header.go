package api

// Headers of requests and replies.
const (
	// HeaderContentType says how a request's body is encoded, and so its reply's.
	HeaderContentType = "Content-Type"
	// ContentJSON is the API's own JSON form, with its shorthand for payloads.
	ContentJSON = "application/json"
	// ContentProtobuf is the default.
	ContentProtobuf = "application/protobuf"
	// HeaderErrorCode is the canonical name of an error's gRPC code, such as NOT_FOUND.
	HeaderErrorCode = "Nats-Service-Error-Code"
	// HeaderError is an error's text in one line.
	HeaderError = "Nats-Service-Error"
	// HeaderAccepted is in a worker's reply to a sticky task that it takes.
	HeaderAccepted = "Perdure-Accepted"
	// HeaderIndexLag is in the reply of a list that may lack what was acknowledged within that time: a duration, such as 2.5s.
	HeaderIndexLag = "Perdure-Index-Lag"
	// HeaderRun is in a message of the live tail: the id of the run that its events belong to.
	HeaderRun = "Perdure-Run"
)

// Headers of messages in streams.
const (
	// HeaderSummary is in each message of OPEN and HISTORY: a base64 recordpb.Summary.
	HeaderSummary = "Perdure-Summary"
	// HeaderPayloads is in a message of OPEN and HISTORY whose run refers to large payloads: their ids, with commas between them.
	HeaderPayloads = "Perdure-Payloads"
	// HeaderPart is k/n in a message that is part k of n; in a log k/n/epoch.
	HeaderPart = "Perdure-Part"
)
