package errno

import "errors"

// Text returns the message of err with the C library's wording.
//
// If the chain of err holds an errno, that is the errno's text alone, without
// the operation and path Go puts before it ("open /x: no such file or
// directory" becomes "No such file or directory"). If the chain holds an error
// made by [Wrap] or [New] the whole of err.Error() is returned, since it is
// worded already and its context was chosen on purpose. Any other error gives
// err.Error(), nil gives "Success".
func Text(err error) string {
	if err == nil {
		return "Success"
	}
	var worded *opError
	if errors.As(err, &worded) {
		return err.Error()
	}
	if text, ok := lookup(err); ok {
		return text
	}
	return err.Error()
}

// Wrap returns an error with the text "op: " followed by [Text] of err. It
// unwraps to err. A nil err gives nil.
func Wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return &opError{op: op, err: err}
}

// New returns an error with the text "op(path): " followed by [Text] of err,
// for instance "opendir(objects): No such file or directory". It unwraps to
// err. A nil err gives nil.
func New(op, path string, err error) error {
	return Wrap(op+"("+path+")", err)
}

// opError is an operation that failed with err.
type opError struct {
	op  string
	err error
}

func (e *opError) Error() string { return e.op + ": " + Text(e.err) }

func (e *opError) Unwrap() error { return e.err }
