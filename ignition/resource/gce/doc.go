// Package gce gives access to Google Cloud Storage with the service account of a
// virtual machine of Google Compute Engine.
//
// A config may refer to a private object as gs://bucket/name. Package
// ignition/resource fetches it with the OAuth 2.0 token that the source made by
// [NewToken] returns:
//
//	opt := &resource.Options{GoogleToken: gce.NewToken(nil)}
//	f, err := resource.New(opt)
//
// Package ignition/resource/cloud does this and the like for all object stores.
//
// # How a token is had
//
//	GET /                                                       Metadata-Flavor: Google in the answer?
//	GET …/instance/service-accounts/default/scopes              is there a service account?
//	GET …/instance/service-accounts/default/token?scopes=…      a token for reading, see [Scope]
//
// at http://169.254.169.254, with the header Metadata-Flavor: Google, as in Google's
// document "About VM metadata". Nothing is asked before the first object is fetched.
// Each request is made up to three times, of at most five seconds each; proxies and certificate
// authorities of the config have no part in it, and redirects are not followed.
//
// Elsewhere, and without a service account, the error is a [resource.ErrAnonymous], upon
// which a Fetcher asks for the object without a token. The answer that this is no Compute
// Engine is kept for good; a token until five minutes before it expires. A token is
// never logged or part of an error. Sources of tokens are safe for concurrent use.
//
// Keys of service accounts in files and workload identities are not supported.
package gce
