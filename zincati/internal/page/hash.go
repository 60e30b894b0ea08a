package page

// styleHash is the hash of the style sheet as it stands in the documents; the
// tests compare it.
const styleHash = "sha256-EXXMpwGVTcFE4Z4uvz9TVOemTZDMh9s/h3J6sGIWUWw="
