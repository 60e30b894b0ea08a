// Package azure gives access to Azure's blobs with the managed identity of a virtual
// machine.
//
// A config may refer to a private blob by its URL,
// https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME. Package ignition/resource fetches it
// with the OAuth 2.0 token that the source made by [NewToken] returns:
//
//	opt := &resource.Options{AzureToken: azure.NewToken(nil)}
//	f, err := resource.New(opt)
//
// Package ignition/resource/cloud does this and the like for all object stores.
//
// # How a token is had
//
//	GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://storage.azure.com
//
// with the header Metadata: true, as in Azure's document "How to use managed identities for
// Azure resources on an Azure VM to acquire an access token". Nothing is asked before the
// first blob is fetched. The request is made up to three times, of at most five seconds each;
// proxies and certificate authorities of the config have no part in it, and redirects are not
// followed. A token is kept until five minutes before it expires, and is never logged or
// part of an error. Sources of tokens are safe for concurrent use.
//
// # Limits
//
// Of the credentials that Azure's libraries try one after the other, the managed
// identity is the one that exists in an initramfs. The others (environment variables,
// workload identity files, the command-line tools) are not looked for; blobs that need
// them are tried without credentials, as after any failure.
package azure
