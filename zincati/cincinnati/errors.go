package cincinnati

import (
	"fmt"
	"strings"
	"time"
)

// Kinds of [Error] that arise on the client side.
const (
	KindClientBuild        = "client_failed_build"         // the base URL is unusable
	KindClientRequest      = "client_failed_request"       // connect, TLS, time-out, read
	KindClientJSONDecoding = "client_failed_json_decoding" // a success that is no graph
	KindClientNodeLookup   = "client_failed_node_lookup"   // an edge to a node that does not exist
	KindClientNodeParsing  = "client_failed_node_parsing"  // a node that is not usable
)

// Kinds of errors that servers of the protocol reply with, with status 500 unless another is named.
const (
	KindMissingParams         = "missing_params"          // 400: the value lists the names
	KindInvalidParams         = "invalid_params"          // 400: a parameter has no legal value
	KindInvalidContentType    = "invalid_content_type"    // 406: Accept leaves no JSON
	KindDoesNotExist          = "does_not_exist"          // 404: no such scope or path
	KindFailedJSONIn          = "failed_json_in"          // an input is no valid JSON
	KindFailedJSONOut         = "failed_json_out"         // the reply cannot be encoded
	KindFailedUpstreamFetch   = "failed_upstream_fetch"   // an input cannot be had
	KindFailedUpstreamRequest = "failed_upstream_request" // an input cannot be asked for
	KindFailedPluginExecution = "failed_plugin_execution" // a policy failed
	KindArchVersion           = "arch_version_error"      // architecture and version do not match
	KindFileOpen              = "file_open_err"           // a local input cannot be opened
)

// genericText stands for the explanation that a server did not give.
const genericText = "(unknown/generic server error)"

// Error is the failure of a check for updates.
type Error struct {
	Kind       string        // one of the client kinds, the server's, or generic_http_CODE; fit for a metric label
	Text       string        // for people
	Code       int           // HTTP status; 0 for client-side errors
	RetryAfter time.Duration // when the server wants to be asked again; 0 = it does not say
	Err        error         // the cause, if it is an error itself
}

// Error returns "server-side error, code N: TEXT" or "client-side error: TEXT".
func (e *Error) Error() string {
	if e.Code != 0 {
		return fmt.Sprintf("server-side error, code %d: %s", e.Code, e.Text)
	}
	return "client-side error: " + e.Text
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

const (
	maxKind = 64   // bytes of a server's kind
	maxText = 4096 // bytes of a server's explanation
)

// printable limits what a server says, and takes out the characters that could play tricks
// on a terminal or in a log.
func printable(s string, limit int) string {
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || 0x7f <= r && r < 0xa0 {
			return '\ufffd'
		}
		return r
	}, s)
}
