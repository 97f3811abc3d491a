// The check's tests: a module that uses an SDK, and another's library.
module example.com/shop

go 1.26

require (
	example.org/backoff v1.0.0
	github.com/perdure/perdure v1.0.0
	go.temporal.io/sdk v1.0.0
)

replace (
	example.org/backoff => ./backoff
	github.com/perdure/perdure => ./perdure
	go.temporal.io/sdk => ./temporal
)
