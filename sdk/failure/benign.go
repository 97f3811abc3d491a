package failure

import (
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
)

// IsBenign tells of an application's error that is expected, by its category: whoever counts and shows failures leaves it out. An error that
// another activity or workflow ended with is not, whatever that found of it.
func IsBenign(err error) bool {
	var (
		of          *ActivityError
		application *ApplicationError
	)
	return !errors.As(err, &of) && errors.As(err, &application) && application.category == enumspb.APPLICATION_ERROR_CATEGORY_BENIGN
}
