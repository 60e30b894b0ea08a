package kargs

import "fmt"

// NotFoundError reports that an argument to change or delete is not there.
type NotFoundError struct {
	Key string
	// Value is the value that was asked for. It is meaningful if HasKey.
	Value string
	// HasKey says that the key is in the list, but not with the value.
	HasKey bool
}

// Error returns the reference program's text.
func (e *NotFoundError) Error() string {
	if !e.HasKey {
		return fmt.Sprintf("No key '%s' found", e.Key)
	}
	return fmt.Sprintf("No karg '%s=%s' found", e.Key, e.Value)
}

// AmbiguousError reports that several arguments have the key and the caller
// did not say which one is meant.
type AmbiguousError struct {
	Key string
}

// Error returns the reference program's text.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("Multiple values for key '%s' found", e.Key)
}
