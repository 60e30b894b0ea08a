package server

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/zincati/fleetlock"
)

// maxBody bounds the body of a request.
const maxBody = 64 << 10

// identify reads who asks. The order of the checks is airlock's; the method
// is looked at first.
func identify(w http.ResponseWriter, r *http.Request) (fleetlock.ClientParams, *reply) {
	var none fleetlock.ClientParams
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		w.Header().Set("Allow", "POST")
		return none, &reply{status: http.StatusMethodNotAllowed, kind: KindMethodNotAllowed, value: "method not allowed: use POST"}
	}
	if r.Header.Get(fleetlock.HeaderName) != "true" {
		return none, invalid("wrong '" + fleetlock.HeaderName + "' header")
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return none, &reply{status: http.StatusUnsupportedMediaType, kind: KindUnsupportedMedia, value: "a content encoding is not supported"}
	}
	params, err := decode(http.MaxBytesReader(w, r.Body, maxBody))
	switch {
	case err != nil:
		return none, bodyError(err)
	case params.Group == "":
		return none, invalid("empty client group")
	case params.ID == "":
		return none, invalid("empty client ID")
	}
	return params, nil
}

// decode reads the first JSON value and ignores what follows it. The types
// have the names of airlock's, as errors quote them.
func decode(r io.Reader) (fleetlock.ClientParams, error) {
	type Params struct {
		ID    string `json:"id"`
		Group string `json:"group"`
	}
	type HTTPParams struct {
		ClientParams Params `json:"client_params"`
	}
	var body HTTPParams
	err := json.NewDecoder(r).Decode(&body)
	return fleetlock.ClientParams(body.ClientParams), err
}

// clip bounds what replies and logs repeat of a request, in bytes.
func clip(s string) string {
	const limit = 256
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}

func bodyError(err error) *reply {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &reply{status: http.StatusRequestEntityTooLarge, kind: KindBodyTooLarge, value: "the body is too large"}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &reply{status: http.StatusRequestTimeout, kind: KindRequestTimeout, value: "the body did not arrive in time"}
	}
	return invalid(err.Error())
}

func invalid(problem string) *reply {
	return &reply{status: http.StatusBadRequest, kind: KindInvalidIdentity, value: "failed to validate client identity: " + problem}
}
