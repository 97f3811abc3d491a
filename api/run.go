package api

import "github.com/google/uuid"

// IsRunID tells whether a text may be the id of a run: a UUID in its usual form.
func IsRunID(id string) bool { return len(id) == 36 && uuid.Validate(id) == nil }
