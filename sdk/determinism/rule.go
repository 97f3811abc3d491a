package determinism

import (
	"go/types"
	"strings"
)

// rules say what is unfit in packages whose code is not looked at, or need not be: by package and kind, the names of functions,
// methods (DB.Query) and variables. A star stands for all functions, T.* for all methods of T; a name behind
// a minus is none of them.
var rules = map[string]map[Kind]string{
	"time": {
		Clock: "Now Since Until",
		Timer: "Sleep After AfterFunc Tick NewTimer NewTicker Timer.Reset Ticker.Reset",
	},
	"context": {Timer: "WithTimeout WithTimeoutCause WithDeadline WithDeadlineCause"},

	"math/rand":    {Random: "* -New -NewSource -NewZipf"},
	"math/rand/v2": {Random: "* -New -NewPCG -NewChaCha8 -NewZipf"},
	"crypto/rand":  {Random: "* Reader"},
	"hash/maphash": {Random: "MakeSeed String Bytes Comparable Hash.Sum64"},

	"sync": {
		Sync: "Mutex.Lock Mutex.TryLock RWMutex.Lock RWMutex.TryLock RWMutex.RLock RWMutex.TryRLock Locker.Lock " +
			"WaitGroup.Wait Cond.Wait",
		Goroutine: "WaitGroup.Go",
		MapOrder:  "Map.Range",
	},

	"os": {
		IO: "* Stdin File.* -File.Name Root.* -Root.Name Process.* " +
			"-Expand -IsExist -IsNotExist -IsPathSeparator -IsPermission -IsTimeout -NewSyscallError -SameFile",
		Log: "Stdout Stderr",
		Environment: "Args Clearenv Environ Executable Exit ExpandEnv Getegid Getenv Geteuid Getgid Getgroups Getpagesize Getpid Getppid " +
			"Getuid Getwd Hostname LookupEnv Setenv TempDir Unsetenv UserCacheDir UserConfigDir UserHomeDir",
	},
	"os/exec":   {IO: "LookPath Cmd.CombinedOutput Cmd.Output Cmd.Run Cmd.Start Cmd.Wait"},
	"os/signal": {IO: "*"},
	"os/user":   {Environment: "*"},
	"io/ioutil": {IO: "* -NopCloser -ReadAll"},
	"path/filepath": {
		IO:          "EvalSymlinks Glob Walk WalkDir",
		Environment: "Abs",
	},
	"syscall": {IO: "*"},
	"plugin":  {IO: "*"},

	"net": {
		IO: "Dial DialIP DialTCP DialTimeout DialUDP DialUnix FileConn FileListener FilePacketConn InterfaceAddrs InterfaceByIndex " +
			"InterfaceByName Interfaces Listen ListenIP ListenMulticastUDP ListenPacket ListenTCP ListenUDP ListenUnix ListenUnixgram " +
			"LookupAddr LookupCNAME LookupHost LookupIP LookupMX LookupNS LookupPort LookupSRV LookupTXT " +
			"ResolveIPAddr ResolveTCPAddr ResolveUDPAddr " +
			"Conn.Read Conn.Write Dialer.* ListenConfig.* Listener.Accept PacketConn.ReadFrom PacketConn.WriteTo Resolver.*",
	},
	"net/http": {
		IO: "Get Head ListenAndServe ListenAndServeTLS Post PostForm Serve ServeTLS " +
			"Client.* -Client.CloseIdleConnections RoundTripper.RoundTrip Server.* Transport.RoundTrip",
	},
	"net/rpc":      {IO: "Dial DialHTTP DialHTTPPath Client.*"},
	"net/smtp":     {IO: "Dial NewClient SendMail Client.*"},
	"crypto/tls":   {IO: "Dial DialWithDialer Dialer.* Listen"},
	"database/sql": {IO: "Open OpenDB Conn.* DB.* Row.Scan Rows.* Stmt.* Tx.*"},

	"fmt": {
		Log: "Print Printf Println",
		IO:  "Scan Scanf Scanln",
	},
	"log": {
		Log: "Default Fatal Fatalf Fatalln Output Panic Panicf Panicln Print Printf Println SetFlags SetOutput SetPrefix Writer",
	},
	"log/slog": {
		Log: "Debug DebugContext Default Error ErrorContext Info InfoContext Log LogAttrs SetDefault SetLogLoggerLevel Warn WarnContext With",
	},

	"runtime": {
		Runtime: "GC GOMAXPROCS Goexit Gosched GoroutineProfile LockOSThread MemProfile NumCPU NumCgoCall NumGoroutine ReadMemStats " +
			"SetDefaultGOMAXPROCS UnlockOSThread",
	},
	"runtime/debug": {Runtime: "FreeOSMemory ReadGCStats SetGCPercent SetMaxStack SetMaxThreads SetMemoryLimit"},
	"reflect":       {MapOrder: "Value.MapKeys Value.MapRange Value.Seq2", Channel: "Select Value.Recv Value.Send Value.TryRecv Value.TrySend"},

	"github.com/google/uuid": {
		Random: "New NewDCEGroup NewDCEPerson NewDCESecurity NewRandom NewRandomFromReader NewString NewUUID NewV6 NewV7",
	},
	"github.com/gofrs/uuid":                              {Random: "NewV1 NewV4 NewV6 NewV7"},
	"github.com/gofrs/uuid/v5":                           {Random: "NewV1 NewV4 NewV6 NewV7"},
	"github.com/satori/go.uuid":                          {Random: "NewV1 NewV2 NewV4"},
	"github.com/oklog/ulid/v2":                           {Random: "DefaultEntropy Make"},
	"github.com/rs/xid":                                  {Random: "New"},
	"github.com/segmentio/ksuid":                         {Random: "New NewRandom"},
	"github.com/nats-io/nuid":                            {Random: "Next New NUID.Next"},
	"github.com/nats-io/nats.go":                         {IO: "Connect Conn.* Subscription.* Msg.Ack Msg.Nak Msg.Respond Msg.Term"},
	"google.golang.org/grpc":                             {IO: "Dial DialContext NewClient ClientConn.* ClientConnInterface.* Server.*"},
	"github.com/rs/zerolog/log":                          {Log: "*"},
	"github.com/sirupsen/logrus":                         {Log: "* -New -NewEntry -ParseLevel"},
	"go.uber.org/zap":                                    {Log: "L S RedirectStdLog ReplaceGlobals"},
	"google.golang.org/protobuf/types/known/timestamppb": {Clock: "Now"},

	sdk + "/client":         {IO: "* *.*"},
	sdk + "/worker":         {IO: "* *.*"},
	sdk + "/temporalnats":   {IO: "* *.*"},
	temporalSDK + "/client": {IO: "Dial DialContext NewClient NewLazyClient Client.* ScheduleClient.* ScheduleHandle.*"},
	temporalSDK + "/worker": {IO: "New Worker.Run Worker.Start Worker.Stop"},
}

// ruleOf is the kind of a function, method or variable that a table names.
func ruleOf(object types.Object) (Kind, bool) {
	byKind, ok := rules[pathOf(object.Pkg())]
	if !ok {
		return "", false
	}
	receiver := receiverOf(object)
	best, found := Kind(""), false
	for kind, names := range byKind {
		switch matches(names, receiver, object) {
		case byName:
			return kind, true
		case byStar:
			best, found = kind, true
		case not:
		}
	}
	return best, found
}

// How a list of names takes in an object.
type match int

const (
	not match = iota
	byStar
	byName
)

func matches(names, receiver string, object types.Object) match {
	name, star := object.Name(), "*"
	if receiver != "" {
		name, star = receiver+"."+name, receiver+".*"
	}
	_, isVariable := object.(*types.Var)
	found := not
	for one := range strings.FieldsSeq(names) {
		switch {
		case one == name:
			return byName
		case one == "-"+name:
			return not
		case !isVariable && (one == star || receiver != "" && one == "*.*"):
			found = byStar
		}
	}
	return found
}

// receiverOf is the name of the type that an object is a method of.
func receiverOf(object types.Object) string {
	fn, ok := object.(*types.Func)
	if !ok {
		return ""
	}
	receiver := fn.Signature().Recv()
	if receiver == nil {
		return ""
	}
	t := types.Unalias(receiver.Type())
	if pointer, ok := t.(*types.Pointer); ok {
		t = types.Unalias(pointer.Elem())
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj().Name()
	}
	return "?" // of an interface without a name
}
