# Carries a connection of sshd's to the desk of `corpus serve` and back: bytes, the end of what is sent, and the exit status. It runs
# as whoever sshd let in, decides nothing, and needs no Node.
#
# Three connections to one socket: `session` is for what the two say to each other, a line each; `data` is what the command reads
# and prints; `errors` is its error output. Nothing is sent on the last two before the desk says `go`: from then on they belong to
# the command itself.
BEGIN { $^H |= 0x602; $^W = 1 } # strict and warnings, without their modules
my ($root, $key) = @ARGV;
my $place = "$root/corpus/ssh.sock";
my $most = 262_144;
$SIG{PIPE} = 'IGNORE';

my $token = token();
my ($session, $data, $errors) = map { connection() } 1 .. 3;
my $terminal = -t STDIN ? terminal() : '';
say_to($data, "data $token");
say_to($errors, "errors $token");
my ($address) = split / /, $ENV{SSH_CONNECTION} // '';
say_to($session, join ' ', 'session', $token, map { escaped($_ // '') } $key, $ENV{SSH_ORIGINAL_COMMAND}, $ENV{GIT_PROTOCOL}, $address, $terminal);

my $said = '';
my $status;
heard(1) or gone() until begun();
# Git and ssh block where it is theirs to; here one direction never waits for the other (F_GETFL 3, F_SETFL 4, O_NONBLOCK 04000).
fcntl($data, 4, (fcntl($data, 3, 0) || 0) | 04000);
carry();
exit $status if defined $status;
print STDERR "corpus: whoever served this was ended before it said how it went\n";
exit 1;

# Whether the desk has said `go`; what else it says is done on the way.
sub begun {
    while ($said =~ s/^(\w+)(?: ([^\n]*))?\n//) {
        my ($word, $rest) = ($1, $2 // '');
        if ($word eq 'go') { return 1 }
        elsif ($word eq 'say') { print STDERR "$rest\n" }
        elsif ($word eq 'raw') { system '/usr/bin/stty', 'raw', '-echo' if $terminal ne '' }
        elsif ($word eq 'exit') { exit($rest =~ /^(\d{1,3})$/ ? $1 : 1) }
    }
    return 0;
}

# False at the end of the session.
sub heard { return sysread $session, $said, 65536, length $said }

sub carry {
    my ($pending, $is_input, $is_sent) = ('', 1, 0);
    my %open = ($data => $data, $errors => $errors, $session => $session);
    while (1) {
        if ($said =~ /^exit (\d{1,3})$/m) { ($status, $pending, $is_input, $is_sent) = ($1 > 255 ? 255 : $1, '', 0, 1) }
        if (!$is_input && $pending eq '' && !$is_sent) { shutdown $data, 1; $is_sent = 1 }
        my ($reads, $writes) = ('', '');
        vec($reads, fileno STDIN, 1) = 1 if $is_input && length $pending < $most;
        vec($reads, fileno $_, 1) = 1 for values %open;
        vec($writes, fileno $data, 1) = 1 if $pending ne '';
        # Once the command has ended, all that it wrote lies there to be read: what somebody it left behind may say later is not waited for.
        my $ready = select($reads, $writes, undef, defined $status ? 0 : undef);
        next if $ready < 0;
        return if defined $status && !$ready;
        my ($moved, $input) = (0, fileno STDIN);
        if ($open{$data} && vec($reads, fileno $data, 1)) { $moved += copy($data, \*STDOUT) || do { delete $open{$data}; 0 } }
        if ($open{$errors} && vec($reads, fileno $errors, 1)) { $moved += copy($errors, \*STDERR) || do { delete $open{$errors}; 0 } }
        if ($open{$session} && vec($reads, fileno $session, 1)) {
            $moved = 1;
            delete $open{$session} unless heard();
        }
        return if defined $status && !$moved && !$open{$data} && !$open{$errors};
        return if !$open{$session} && !$open{$data} && !$open{$errors};
        if ($is_input && vec($reads, $input, 1)) {
            my $read = sysread STDIN, $pending, 65536, length $pending;
            $is_input = 0 unless $read;
        }
        if ($pending ne '' && vec($writes, fileno $data, 1)) {
            my $written = syswrite $data, $pending;
            if (defined $written) { substr($pending, 0, $written) = '' }
            # The command reads no more; what it still prints is wanted. (EAGAIN 11)
            elsif ($! != 11) { ($pending, $is_input, $is_sent) = ('', 0, 1) }
        }
    }
}

# How much was copied; 0 at the end.
sub copy {
    my ($from, $to) = @_;
    my $read = sysread $from, my $piece, 65536;
    return defined $read ? 0 : $! == 11 ? 1 : 0 unless $read;
    while ($piece ne '') {
        my $written = syswrite $to, $piece;
        # Whoever asked is gone.
        exit 1 unless defined $written;
        substr($piece, 0, $written) = '';
    }
    return $read;
}

# An address of AF_UNIX (1), as sockaddr_un has it.
sub connection {
    my $made;
    socket($made, 1, 1, 0) && length $place < 108 && connect($made, pack 'S a*', 1, "$place\0") or unserved();
    return $made;
}

sub unserved {
    print STDERR "corpus: nobody answers here at the moment: `corpus serve` does not run\n";
    exit 128;
}

sub gone {
    print STDERR "corpus: whoever serves here does not answer\n";
    exit 128;
}

sub say_to { my ($to, $line) = @_; syswrite $to, "$line\n" }

# Each byte that could be read as something else has % and its two digits.
sub escaped { my ($text) = @_; $text =~ s/([^A-Za-z0-9_.:\/+=\@-])/sprintf '%%%02x', ord $1/ge; return $text }

# Tells our three connections from those of others at the same moment.
sub token {
    open my $random, '<', '/dev/urandom' or gone();
    sysread $random, my $bytes, 16;
    return unpack 'H*', $bytes;
}

# `40 100 xterm`: lines, columns and kind.
sub terminal {
    my $size = `/usr/bin/stty size` // '';
    my ($kind) = ($ENV{TERM} // '') =~ /^([\w.+-]{1,40})$/;
    return ($size =~ /^(\d{1,4}) (\d{1,4})$/ ? "$1 $2" : '24 80') . ' ' . ($kind // 'dumb');
}
