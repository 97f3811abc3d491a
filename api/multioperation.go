package api

import (
	"errors"

	"go.temporal.io/api/serviceerror"
)

// AtFault is the error of the operation that the others were aborted for, where err is one of several operations that
// were asked for together; any other error as it is.
func AtFault(err error) error {
	var all *serviceerror.MultiOperationExecution
	if !errors.As(err, &all) {
		return err
	}
	for _, one := range all.OperationErrors() {
		var aborted *serviceerror.MultiOperationAborted
		if one != nil && !errors.As(one, &aborted) {
			return one
		}
	}
	return err
}
