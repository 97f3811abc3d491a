// Package sealed is a codec that encrypts payloads with AES-GCM, under keys that are told apart by their ids: a new
// key is added and made the current one, and what older keys have sealed can still be opened. It is an example to be copied:
// where the keys come from is what an application decides.
package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"

	"github.com/perdure/perdure/sdk/converter"
)

const (
	// Encoding names what the codec writes. Temporal's examples use the same.
	Encoding = "binary/encrypted"
	// keyID is the key of a payload's metadata that says which key has sealed it.
	keyID = "encryption-key-id"
)

// Keyring holds keys of 16, 24 or 32 random bytes (AES-128, 192 or 256) by their ids.
type Keyring struct {
	// Current is the id of the key that new payloads are sealed with.
	Current string
	// Keys are all that anything at rest may have been sealed with. One that is taken out leaves that unreadable for good.
	Keys map[string][]byte
}

// Codec seals each payload as a whole, metadata and all. It is safe for concurrent use.
type Codec struct {
	current string
	keys    map[string]cipher.AEAD
}

var _ converter.Codec = (*Codec)(nil)

// New makes a codec of a keyring, which it does not keep.
func New(ring Keyring) (*Codec, error) {
	c := &Codec{current: ring.Current, keys: make(map[string]cipher.AEAD, len(ring.Keys))}
	for id, key := range ring.Keys {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", id, err)
		}
		if c.keys[id], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("key %s: %w", id, err)
		}
	}
	if c.keys[c.current] == nil {
		return nil, fmt.Errorf("the current key %q is not among the keys", c.current)
	}
	return c, nil
}

// Encode implements converter.Codec.
func (c *Codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, err
		}
		key := c.keys[c.current]
		nonce := make([]byte, key.NonceSize(), key.NonceSize()+len(plain)+key.Overhead())
		if _, err := rand.Read(nonce); err != nil {
			return nil, err
		}
		out[i] = &commonpb.Payload{
			Metadata: map[string][]byte{converter.MetadataEncoding: []byte(Encoding), keyID: []byte(c.current)},
			Data:     key.Seal(nonce, nonce, plain, []byte(c.current)),
		}
	}
	return out, nil
}

// Decode implements converter.Codec. What was written before there was encryption is passed on.
func (c *Codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if out[i] = p; string(p.GetMetadata()[converter.MetadataEncoding]) != Encoding {
			continue
		}
		plain, err := c.open(p)
		if err != nil {
			return nil, err
		}
		out[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(plain, out[i]); err != nil {
			return nil, fmt.Errorf("what was sealed is no payload: %w", err)
		}
	}
	return out, nil
}

func (c *Codec) open(p *commonpb.Payload) ([]byte, error) {
	id := string(p.GetMetadata()[keyID])
	key, known := c.keys[id]
	if !known {
		return nil, fmt.Errorf("it was sealed with key %q, which is not among the keys", id)
	}
	if len(p.GetData()) < key.NonceSize() {
		return nil, errors.New("it is too short to have been sealed")
	}
	nonce, box := p.GetData()[:key.NonceSize()], p.GetData()[key.NonceSize():]
	plain, err := key.Open(nil, nonce, box, []byte(id))
	if err != nil {
		return nil, fmt.Errorf("key %q does not open it: it was changed, or the key is another of that id: %w", id, err)
	}
	return plain, nil
}
