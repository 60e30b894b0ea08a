package fakecloud

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
)

const (
	ec2NotFound = `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
	"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>404 - Not Found</title>
 </head>
 <body>
  <h1>404 - Not Found</h1>
 </body>
</html>
`
	gcpNotFound = "<!DOCTYPE html>\n<html lang=en>\n  <title>Error 404 (Not Found)!!1</title>\n  <p><b>404.</b> <ins>That’s an error.</ins>\n"
)

// checkAWS is EC2's instance metadata service: tokens by PUT, with a time to
// live of up to six hours and never through a proxy; 401 for documents that are
// asked for without a good one.
func checkAWS(c *Cloud, w http.ResponseWriter, r *http.Request) bool {
	const ttl = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
	mode := c.tokenMode()
	if r.URL.Path == "/latest/api/token" {
		switch mode {
		case TokensHang:
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		case TokensForbidden:
			reply(w, http.StatusForbidden, "text/plain", "")
			return true
		case TokensMissing:
			c.notFound(w)
			return true
		case TokensNotAllowed:
			methodNotAllowed(w, "GET, HEAD")
			return true
		}
		if r.Method != http.MethodPut {
			methodNotAllowed(w, "OPTIONS, PUT")
			return true
		}
		if forwarded(r, "X-Forwarded-For") {
			reply(w, http.StatusForbidden, "text/plain", "")
			return true
		}
		if token, ok := c.issue(w, r, ttl, 21600); ok {
			w.Header().Set(ttl, r.Header.Get(ttl))
			reply(w, http.StatusOK, "text/plain", token)
		}
		return true
	}
	token := r.Header.Values("X-Aws-Ec2-Metadata-Token")
	switch {
	case mode != TokensRequired && mode != TokensOptional:
	case len(token) == 0 && mode == TokensOptional:
	case len(token) != 1 || !c.valid(token[0]):
		reply(w, http.StatusUnauthorized, "text/html; charset=utf-8", "<h1>401 - Unauthorized</h1>\n")
		return true
	}
	return readOnly(w, r)
}

// checkAkamai is Linode's service: tokens of up to a day, and documents as JSON
// for those who ask for it. (The real one gives others a table for humans.)
func checkAkamai(c *Cloud, w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path == "/v1/token" {
		if r.Method != http.MethodPut {
			methodNotAllowed(w, "PUT")
			return true
		}
		if token, ok := c.issue(w, r, "Metadata-Token-Expiry-Seconds", 86400); ok {
			reply(w, http.StatusOK, "text/plain", token)
		}
		return true
	}
	if !c.valid(r.Header.Get("Metadata-Token")) {
		reply(w, http.StatusUnauthorized, appJSON, `{"errors":[{"reason":"Invalid Token"}]}`)
		return true
	}
	if !strings.Contains(r.Header.Get("Accept"), appJSON) {
		reply(w, http.StatusNotAcceptable, textPlain, "406 only application/json is served here\n")
		return true
	}
	return readOnly(w, r)
}

// checkGCP is Compute Engine's service: a header field that no browser sends,
// and no proxies. Its own replies carry the field as well. Queries that change
// the form of the answer are not supported.
func checkGCP(_ *Cloud, w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Metadata-Flavor", "Google")
	w.Header().Set("Server", "Metadata Server for VM")
	if forwarded(r, "X-Forwarded-For") {
		reply(w, http.StatusForbidden, "text/html; charset=UTF-8", "<p><b>403.</b> Your client does not have permission: X-Forwarded-For\n")
		return true
	}
	under := strings.HasPrefix(r.URL.Path, "/computeMetadata/")
	if under && r.Header.Get("Metadata-Flavor") != "Google" && r.Header.Get("X-Google-Metadata-Request") != "True" {
		reply(w, http.StatusForbidden, "text/html; charset=UTF-8", "<p><b>403.</b> Missing required header: Metadata-Flavor: Google\n")
		return true
	}
	for _, q := range []string{"recursive", "wait_for_change", "alt"} {
		if r.URL.Query().Has(q) {
			reply(w, http.StatusNotImplemented, textPlain, "501 "+q+": not supported\n")
			return true
		}
	}
	return readOnly(w, r)
}

// checkOracle is version 2 of Oracle's service.
func checkOracle(_ *Cloud, w http.ResponseWriter, r *http.Request) bool {
	if forwarded(r, "Forwarded", "X-Forwarded-For", "X-Forwarded-Host") {
		reply(w, http.StatusForbidden, textPlain, "403 forwarded requests are refused\n")
		return true
	}
	if strings.HasPrefix(r.URL.Path, "/opc/v2/") && r.Header.Get("Authorization") != "Bearer Oracle" {
		reply(w, http.StatusForbidden, textPlain, "403 Authorization: Bearer Oracle is required\n")
		return true
	}
	return readOnly(w, r)
}

// phoneHomeHost is where the instance of the example reports to.
const phoneHomeHost = "tinkerbell.packet.net"

// checkPacket is Equinix Metal: the documents by HTTPS only, a phone-home
// address that takes a POST.
func checkPacket(_ *Cloud, w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path == "/phone-home" {
		if r.Method != http.MethodPost {
			methodNotAllowed(w, "POST")
			return true
		}
		if !hasType(r, appJSON) {
			reply(w, http.StatusUnsupportedMediaType, textPlain, "415 application/json is expected\n")
			return true
		}
		w.WriteHeader(http.StatusOK)
		return true
	}
	if r.TLS == nil {
		w.Header().Set("Location", "https://"+r.Host+r.RequestURI)
		reply(w, http.StatusMovedPermanently, textPlain, "")
		return true
	}
	return readOnly(w, r)
}

// checkScaleway takes state reports; the rest are documents.
func checkScaleway(_ *Cloud, w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path != "/state" {
		return readOnly(w, r)
	}
	if r.Method != http.MethodPatch {
		methodNotAllowed(w, "PATCH")
		return true
	}
	var state struct {
		Detail *string `json:"state_detail"`
	}
	body, err := io.ReadAll(r.Body)
	switch {
	case !hasType(r, appJSON):
		reply(w, http.StatusUnsupportedMediaType, textPlain, "415 application/json is expected\n")
	case err != nil || json.Unmarshal(body, &state) != nil || state.Detail == nil:
		reply(w, http.StatusBadRequest, textPlain, "400 state_detail is expected\n")
	default:
		reply(w, http.StatusOK, appJSON, "{}")
	}
	return true
}

// hasType reports whether the body of a request is said to be of a media type.
func hasType(r *http.Request, want string) bool {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && t == want
}
