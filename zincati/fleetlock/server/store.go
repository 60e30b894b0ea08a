package server

import "github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"

// Semaphore is the state of one group; see [semaphore.Semaphore].
type Semaphore = semaphore.Semaphore

// Store keeps the semaphores; see [semaphore.Store].
type Store = semaphore.Store

// Groups are the configured groups with their slots.
type Groups = semaphore.Groups

// FullError reports that all slots are taken.
type FullError = semaphore.FullError

// ErrFull matches every [*FullError].
var ErrFull = semaphore.ErrFull

// ErrUnknownGroup is returned for a group that is not configured.
var ErrUnknownGroup = semaphore.ErrUnknownGroup
