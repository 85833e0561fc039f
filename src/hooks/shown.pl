# Text of others as the pusher's terminal may have it: kernel/visible.ts, in Perl and on bytes.
BEGIN { $^H |= 0x602 } # use strict, without its module

# Whole lines.
sub shown {
    my ($text) = @_;
    return $text unless $text =~ /[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]/;
    return join "\n", map { shown_line($_) } split /\n/, $text, -1;
}

sub shown_line {
    my ($line) = @_;
    $line =~ s/\r+\z//;
    $line =~ s/\A( {10}\| )?.*\r/defined $1 ? $1 : ''/se;
    my $coloured = 0;
    $line =~ s{(\e\[[\d;:]*m)|([\x00-\x08\x0b-\x1f\x7f])|\xc2([\x80-\x9f])|(\xd8\x9c)|\xe2\x80([\x8e\x8f\xaa-\xae])|\xe2\x81([\xa6-\xa9])}{
        if (defined $1) { my $colour = $1; $coloured = $colour !~ /^\e\[0*m$/; $colour }
        elsif (defined $2) { $2 eq "\x7f" ? '^?' : '^' . chr(ord($2) + 64) }
        elsif (defined $3) { sprintf '\u{%x}', ord $3 }
        elsif (defined $4) { '\u{61c}' }
        elsif (defined $5) { sprintf '\u{%x}', 0x2000 + ord($5) - 0x80 }
        else { sprintf '\u{%x}', 0x2040 + ord($6) - 0x80 }
    }ge;
    return $coloured ? "$line\e[0m" : $line;
}

1;
