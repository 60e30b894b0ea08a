// Package source gets disk images and small documents over HTTP and HTTPS for the installer.
//
// [Client.Open] streams an image, [Client.Bytes] and [Client.Signature] hold a document in
// memory. A transfer that breaks off is gone on with where it was, as long as the server can
// prove that the image is still the same; that, like every attempt before the reply began,
// counts as one of [Client.Retries]. Between attempts there are pauses of 1, 2, 4 … up to 600
// seconds, and for each a note:
//
//	Error fetching 'https://example.com/image.xz': HTTP 503 Service Unavailable
//	Sleeping 1s and retrying...
//
// Worth a retry are the statuses 408, 429, 500, 502, 503 and 504 and everything that goes
// wrong with the connection. Up to 10 redirects are followed, to http and https only. There is
// no limit on the whole time of a transfer; one that stands still is broken off after
// [Client.StallTime].
//
// Bytes arrive as they are stored: no content encoding is asked for. The environment's
// HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in capitals or not, are followed if the
// caller hands over its environment ([Client.Getenv]).
//
// The texts of errors are those of coreos-installer, one level of the chain for each of its
// levels.
package source
