// Package prices is called by workflows of other packages.
package prices

import (
	"math/rand"
	"os"
	"time"

	"github.com/perdure/perdure/sdk/workflow"
)

// Currency changes.
var Currency = "EUR"

// Rate changes, too.
var Rate = 1

func Change(to string) {
	Currency = to
	Rate++
}

// Of reads a file and the clock.
func Of(sku string) int {
	read(sku)
	return time.Now().Day()
}

func read(name string) {
	_, _ = os.ReadFile(name)
}

// Held is a function in a variable.
var Held = func() int { return rand.Int() }

// Hour is workflow code itself: what is wrong with it is said here, and only here.
func Hour(ctx workflow.Context) int {
	return time.Now().Hour() // want `time.Now reads .*\(workflow code: Hour\)`
}

// Tax is the same always.
func Tax(price int) int { return price / 5 }
