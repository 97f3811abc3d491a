// Package webtest holds the tests of the Web UI in a real browser: a server within the test, workers and
// workflows in every state, and Chromium without a window that opens each page and clicks. It receives nothing and sends
// nothing; there is only test code in it, behind the build tag chromium, since it needs that program: make web.
//
//	fixture_test.go  a server and its workflows   pages_test.go    every page loads without an error
//	family_test.go   a parent and its children     actions_test.go  signal, cancel, terminate, start, query by clicking
//	browser_test.go  Chromium and what it reports  change_test.go   pause, reset, update, and an activity's options
//
// With -args -screenshots the pictures in docs/ui are made again.
package webtest
