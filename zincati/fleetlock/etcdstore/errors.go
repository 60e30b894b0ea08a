package etcdstore

import (
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ErrClosed is returned by operations on a closed store.
var ErrClosed = errors.New("lock store is closed")

// UnavailableError reports that etcd did not acknowledge an operation in time, for instance because it has no
// quorum. The operation may or may not have taken effect.
type UnavailableError struct {
	// Err is the error of the deadline, context.DeadlineExceeded as a rule.
	Err error
	// Last is what the latest attempt met, nil if none has ended.
	Last error
}

// Error returns the text of Err alone, as airlock reports an etcd that cannot be reached.
func (e *UnavailableError) Error() string { return e.Err.Error() }

// Unwrap returns both errors.
func (e *UnavailableError) Unwrap() []error {
	if e.Last == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Last}
}

// Unavailable tells lock servers, which know errors by this method, that the database is out of reach.
func (e *UnavailableError) Unavailable() bool { return true }

// valueError is about what the key holds.
type valueError struct{ err error }

func (e *valueError) Error() string { return e.err.Error() }
func (e *valueError) Unwrap() error { return e.err }

// permanent tells whether the same request would meet the same error again.
func permanent(err error) bool {
	var v *valueError
	if errors.As(err, &v) {
		return true
	}
	switch codeOf(err) {
	case codes.InvalidArgument, codes.PermissionDenied, codes.Unauthenticated, codes.FailedPrecondition,
		codes.Unimplemented, codes.OutOfRange, codes.NotFound:
		return true
	case codes.ResourceExhausted: // no space left, or a value too large; being too busy passes
		return status.Convert(err).Message() != "etcdserver: too many requests"
	}
	return false
}

// codeOf knows both kinds of errors of the client: those of gRPC and its own, which carry a code.
func codeOf(err error) codes.Code {
	var own interface{ Code() codes.Code }
	if errors.As(err, &own) {
		return own.Code()
	}
	return status.Code(err)
}
