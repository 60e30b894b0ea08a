package resource

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Errors of fetching. The texts are those of Ignition.
var (
	// ErrNeedsNetwork reports a source that cannot be had offline.
	ErrNeedsNetwork = errors.New("resource requires networking")
	// ErrNotFound reports HTTP status 404.
	ErrNotFound = errors.New("resource not found")
	// ErrFailed reports an HTTP status that is neither success nor tried again.
	ErrFailed = errors.New("failed to fetch resource")
	// ErrTimeout reports that the time for all attempts together, or the caller's, is over.
	ErrTimeout = errors.New("unable to fetch resource in time")
	// ErrScheme reports a URL scheme without a source.
	ErrScheme = errors.New("unsupported source scheme")
	// ErrCompression reports a compression method other than gzip.
	ErrCompression = errors.New("invalid compression method")
	// ErrCompressionUnsupported reports compression with s3 and arn.
	ErrCompressionUnsupported = errors.New("compression is not supported with that scheme")
	// ErrPEM reports certificate authorities that are not PEM.
	ErrPEM = errors.New("unable to decode PEM block")
	// ErrSourceRequired reports certificate authorities without a source.
	ErrSourceRequired = errors.New("source is required")
	// ErrHeader reports an HTTP header without a value, or one that cannot be sent.
	ErrHeader = errors.New("unable to parse HTTP header")
	// ErrHeaderName reports an HTTP header without a name.
	ErrHeaderName = errors.New("HTTP header name can't be empty")
	// ErrHashMalformed reports a verification hash without a dash, or not of hexadecimal digits.
	ErrHashMalformed = errors.New("malformed hash specifier")
	// ErrHashSize reports a verification hash of the wrong length.
	ErrHashSize = errors.New("incorrect size for hash sum")
	// ErrHashUnknown reports a hash function other than sha512 and sha256.
	ErrHashUnknown = errors.New("unrecognized hash function")
	// ErrTooLarge reports a resource that is larger than Options.MaxBytes.
	ErrTooLarge = errors.New("resource is too large")
)

// HashError reports bytes that are not those that a config wants.
type HashError struct {
	Calculated string // sum of the bytes, lower-case hexadecimal
	Expected   string // sum of the config
}

// Error has Ignition's text.
func (e *HashError) Error() string {
	return fmt.Sprintf("hash verification failed (calculated %s but expected %s)", e.Calculated, e.Expected)
}

// timeoutError is ErrTimeout that remembers which clock ran out.
type timeoutError struct{ cause error }

func (e *timeoutError) Error() string { return ErrTimeout.Error() }

func (e *timeoutError) Unwrap() []error { return []error{ErrTimeout, e.cause} }

// ended says why ctx is over.
func ended(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, context.DeadlineExceeded) {
		return &timeoutError{cause}
	}
	return cause
}

// because is err, or the end of ctx if that is what caused err.
func because(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ended(ctx)
	}
	return err
}

// oneLine keeps an error from forging further log lines.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// ErrAnonymous is what a [Token] returns when this machine has no credentials: what
// is fetched has to be public then. Other errors of a Token say that it should have
// been had.
var ErrAnonymous = errors.New("no credentials")
