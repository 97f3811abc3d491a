package index

import (
	"encoding/json"
	"hash/fnv"
	"time"

	"go.temporal.io/api/serviceerror"
)

// pageToken is where a page ended.
type pageToken struct {
	// Filter is a hash of the filter that the list is of.
	Filter uint64 `json:"f"`
	// Now is what relative times are counted from on all pages, in Unix nanoseconds.
	Now int64 `json:"n"`
	// Keys are the last execution's values in the order of the list.
	Keys []pageKey `json:"k"`
}

// pageKey is one value; none for an attribute that the execution has not.
type pageKey struct {
	Int  *int64   `json:"i,omitempty"`
	Real *float64 `json:"r,omitempty"`
	// Text is bytes, since JSON would change what is not UTF-8.
	Text *[]byte `json:"t,omitempty"`
}

func filterHash(filter string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(filter))
	return h.Sum64()
}

func encodeToken(query Query, keys []any) ([]byte, error) {
	token := pageToken{Filter: filterHash(query.Filter), Now: query.Now.UnixNano(), Keys: make([]pageKey, len(keys))}
	for i, key := range keys {
		switch v := key.(type) {
		case int64:
			token.Keys[i].Int = &v
		case float64:
			token.Keys[i].Real = &v
		case string:
			text := []byte(v)
			token.Keys[i].Text = &text
		}
	}
	return json.Marshal(token)
}

// decodeToken reads where a list goes on, and sets the time that its pages share. Without a token there are no keys.
func decodeToken(query *Query) ([]any, error) {
	if len(query.Token) == 0 {
		return nil, nil
	}
	var token pageToken
	if err := json.Unmarshal(query.Token, &token); err != nil {
		return nil, serviceerror.NewInvalidArgument("the page token is none of a list of workflows: begin again without it")
	}
	if token.Filter != filterHash(query.Filter) {
		return nil, serviceerror.NewInvalidArgument("the page token is of a list with another filter: begin again without it")
	}
	query.Now = time.Unix(0, token.Now)
	keys := make([]any, len(token.Keys))
	for i, key := range token.Keys {
		switch {
		case key.Int != nil:
			keys[i] = *key.Int
		case key.Real != nil:
			keys[i] = *key.Real
		case key.Text != nil:
			keys[i] = string(*key.Text)
		}
	}
	return keys, nil
}
