// Package converter turns Go values into payloads (commonpb.Payload) and back.
//
// A [DataConverter] handles one value; [Encode] and [Decode] handle what a workflow, an activity, a
// signal or a query takes or returns, which is usually one value, sometimes none ([None]) and, for
// functions written in other languages, sometimes several ([Args]). The default converter writes
// JSON, and reads whatever Temporal's default converters write.
package converter
