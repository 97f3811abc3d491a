// Package attempt is what package activity and those who run activities know of one attempt at an
// activity: its names and times, what serves it, and how its code is run. It travels in the activity's
// context: the worker, or a test environment, puts it there with [Run], and the functions of package
// activity read it.
package attempt
